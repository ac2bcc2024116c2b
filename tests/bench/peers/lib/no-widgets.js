/** No widgets for enketo-core. */
export default [];
