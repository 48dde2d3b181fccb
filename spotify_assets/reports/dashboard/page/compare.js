const drawCompare = () => put("second");
